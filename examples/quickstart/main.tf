terraform {
  required_providers {
    appservices = {
      source  = "appservices/appservices"
      version = ">= 0.1.0"
    }
  }
}

# Where the service is and who logs in come from the environment: APPSERVICES_BASE_URL and so on.
provider "appservices" {}

variable "rotation" {
  description = "Another text is another key."
  type        = string
  default     = "1"
}

# With a prefix, the new key can be made before the old one goes.
resource "appservices_user_api_key" "ci" {
  name_prefix = "quickstart-"
  keepers     = { rotation = var.rotation }

  lifecycle {
    create_before_destroy = true
  }
}

output "ci_key" {
  description = "The secret. Print it with: terraform output -raw ci_key"
  value       = appservices_user_api_key.ci.key
  sensitive   = true
}
