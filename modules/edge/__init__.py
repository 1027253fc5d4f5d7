"""What a request meets before a server: names, CloudFront, the web application firewall, load balancers."""
