variable "vpc_id" {
  type = string
}

variable "admins" {
  type = list(string)
}

resource "aws_security_group" "balancer" {
  name   = "balancer"
  vpc_id = var.vpc_id

  ingress {
    protocol    = "6"
    from_port   = 80
    to_port     = 80
    cidr_blocks = ["0.0.0.0/0"]
  }

  egress {
    protocol        = "tcp"
    from_port       = 80
    to_port         = 80
    security_groups = [aws_security_group.web.id]
  }
}

resource "aws_security_group" "web" {
  name   = "web"
  vpc_id = var.vpc_id
}

resource "aws_security_group" "database" {
  name   = "database"
  vpc_id = var.vpc_id
}

resource "aws_security_group_rule" "web_from_balancer" {
  type                     = "ingress"
  security_group_id        = aws_security_group.web.id
  source_security_group_id = aws_security_group.balancer.id
  protocol                 = "tcp"
  from_port                = 80
  to_port                  = 80
}

resource "aws_security_group_rule" "web_from_admins" {
  count             = length(var.admins) > 0 ? 1 : 0
  type              = "ingress"
  security_group_id = aws_security_group.web.id
  cidr_blocks       = var.admins
  protocol          = "tcp"
  from_port         = 22
  to_port           = 22
}

resource "aws_security_group_rule" "web_out" {
  type              = "egress"
  security_group_id = aws_security_group.web.id
  cidr_blocks       = ["0.0.0.0/0"]
  protocol          = "all"
  from_port         = 0
  to_port           = 0
}

resource "aws_vpc_security_group_ingress_rule" "database_from_web" {
  security_group_id            = aws_security_group.database.id
  referenced_security_group_id = aws_security_group.web.id
  ip_protocol                  = "tcp"
  from_port                    = 3306
  to_port                      = 3306
}

output "balancer" {
  value = aws_security_group.balancer.id
}

output "web" {
  value = aws_security_group.web.id
}

output "database" {
  value = aws_security_group.database.id
}
