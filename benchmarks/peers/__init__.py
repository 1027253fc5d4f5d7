"""The site of environments/handson.toml as a user of each peer would write it: a script, as the peer's manual shows."""
