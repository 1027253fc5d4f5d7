"""The site as a picture in the manner of AWS's diagrams: drawn from the plan, by nothing but Python."""
