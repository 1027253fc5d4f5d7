"""Who may do what in a sandbox, as IAM decides it.

moto has a check of its own, which knows actions alone: no resource but S3's, no condition, no policy of a bucket, a
secret or a key. So `asked` says what IAM is asked when a call comes (which actions, of which resources, under which
conditions), `evaluation` decides by policies, and `enforcement` refuses. `least` makes the least policy out of
recorded calls: that is `docs/permissions/`.
"""
