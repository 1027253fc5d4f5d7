# A site as other people write it: counted and keyed resources, a module for its firewalls, and ways to say the same
# that the site's own constructs never use.

terraform {
  required_providers {
    aws = { source = "hashicorp/aws" }
  }
}

variable "zones" {
  type = list(string)
}

variable "admins" {
  type = list(string)
}

variable "is_spread" {
  type = bool
}

data "aws_ssm_parameter" "image" {
  name = "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64"
}

resource "aws_vpc" "this" {
  cidr_block = "10.0.0.0/16"
}

resource "aws_internet_gateway" "this" {
  vpc_id = aws_vpc.this.id
}

# The public subnets have no association: theirs is the VPC's main route table.
resource "aws_default_route_table" "public" {
  default_route_table_id = aws_vpc.this.default_route_table_id

  route {
    cidr_block = "0.0.0.0/0"
    gateway_id = aws_internet_gateway.this.id
  }
}

resource "aws_subnet" "public" {
  count             = length(var.zones)
  vpc_id            = aws_vpc.this.id
  availability_zone = var.zones[count.index]
  cidr_block        = cidrsubnet(aws_vpc.this.cidr_block, 8, count.index)
}

resource "aws_subnet" "private" {
  for_each          = { for i, zone in var.zones : zone => i }
  vpc_id            = aws_vpc.this.id
  availability_zone = each.key
  cidr_block        = cidrsubnet(aws_vpc.this.cidr_block, 8, 10 + each.value)
}

resource "aws_eip" "nat" {
  count  = length(var.zones)
  domain = "vpc"
}

resource "aws_nat_gateway" "this" {
  count         = length(var.zones)
  allocation_id = aws_eip.nat[count.index].id
  subnet_id     = aws_subnet.public[count.index].id
}

resource "aws_route_table" "private" {
  for_each = aws_subnet.private
  vpc_id   = aws_vpc.this.id
}

# By position, while the tables are keyed: Terraform's plan does not tell which gateway is whose.
resource "aws_route" "private" {
  for_each               = { for i, zone in var.zones : zone => i }
  route_table_id         = aws_route_table.private[each.key].id
  destination_cidr_block = "0.0.0.0/0"
  nat_gateway_id         = aws_nat_gateway.this[each.value].id
}

resource "aws_route_table_association" "private" {
  for_each       = aws_subnet.private
  subnet_id      = each.value.id
  route_table_id = aws_route_table.private[each.key].id
}

module "firewalls" {
  source = "./firewalls"
  vpc_id = aws_vpc.this.id
  admins = var.admins
}

resource "aws_alb" "this" {
  name            = "site"
  subnets         = aws_subnet.public[*].id
  security_groups = [module.firewalls.balancer]
}

resource "aws_alb_target_group" "this" {
  port     = 80
  protocol = "HTTP"
  vpc_id   = aws_vpc.this.id
}

resource "aws_alb_listener" "http" {
  load_balancer_arn = aws_alb.this.arn
  port              = 80

  default_action {
    type = "fixed-response"
    fixed_response {
      content_type = "text/plain"
      status_code  = "404"
    }
  }
}

resource "aws_alb_listener_rule" "site" {
  listener_arn = aws_alb_listener.http.arn

  action {
    type = "forward"
    forward {
      target_group {
        arn = aws_alb_target_group.this.arn
      }
    }
  }

  condition {
    path_pattern { values = ["/*"] }
  }
}

resource "aws_instance" "web" {
  for_each               = aws_subnet.private
  ami                    = data.aws_ssm_parameter.image.insecure_value
  instance_type          = "t3.micro"
  subnet_id              = each.value.id
  vpc_security_group_ids = [module.firewalls.web]
}

resource "aws_alb_target_group_attachment" "web" {
  for_each         = aws_instance.web
  target_group_arn = aws_alb_target_group.this.arn
  target_id        = each.value.id
}

resource "aws_db_subnet_group" "this" {
  subnet_ids = [for subnet in aws_subnet.private : subnet.id]
}

resource "aws_db_instance" "this" {
  identifier                  = "site"
  engine                      = "mysql"
  instance_class              = "db.t3.micro"
  allocated_storage           = 20
  username                    = "admin"
  manage_master_user_password = true
  multi_az                    = var.is_spread
  db_subnet_group_name        = aws_db_subnet_group.this.name
  vpc_security_group_ids      = [module.firewalls.database]
  skip_final_snapshot         = true
}

# What reads for reports, and the site can do without.
resource "aws_db_instance" "reports" {
  identifier             = "reports"
  replicate_source_db    = aws_db_instance.this.identifier
  instance_class         = "db.t3.micro"
  vpc_security_group_ids = [module.firewalls.database]
  skip_final_snapshot    = true
}
