"""What every part of a site uses: versions and state, policies, names, and what Terraform asks AWS."""
