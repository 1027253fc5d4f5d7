"""The servers: what they run, what they may do, and how many of them there are."""
