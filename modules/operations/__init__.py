"""What a person does with a site that runs: bring one over, take one out, ask WP-CLI, look at logs, open a tunnel.

`python -m modules.operations` is what `make import`, `make wp` and their like run.
"""
