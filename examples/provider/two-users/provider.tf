terraform {
  required_providers {
    appservices = {
      source = "appservices/appservices"
    }
  }
}

variable "reports_password" {
  description = "Password of the second user."
  type        = string
  sensitive   = true
}

# The first user's login comes from the environment.
provider "appservices" {}

# The second user's stands in the block, which wins over the environment.
provider "appservices" {
  alias    = "reports"
  email    = "reports@example.com"
  password = var.reports_password
}

resource "appservices_user_api_key" "deploy" {
  name_prefix = "deploy-"
}

resource "appservices_user_api_key" "reports" {
  provider    = appservices.reports
  name_prefix = "reports-"
}
