"""What must not be lost, and what is remembered: databases, uploads, cache, backups, secrets, keys."""
