# A module as others would use it: a key for one service, with a new value whenever its owner asks for one.

terraform {
  required_providers {
    appservices = {
      source = "appservices/appservices"
    }
  }
}

variable "service" {
  description = "The service that gets the key; the key's name starts with it."
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]*$", var.service))
    error_message = "The service's name has to be lower-case letters, digits and hyphens."
  }
}

variable "generation" {
  description = "Another number is another value."
  type        = number
  default     = 1
}

variable "suspended" {
  description = "Whether the key is refused for now."
  type        = bool
  default     = false
}

resource "appservices_user_api_key" "service" {
  name_prefix = "${var.service}-"
  enabled     = !var.suspended
  keepers     = { generation = tostring(var.generation) }

  lifecycle {
    create_before_destroy = true
  }
}

output "name" {
  description = "The key's name."
  value       = appservices_user_api_key.service.name
}

output "key" {
  description = "The secret."
  value       = appservices_user_api_key.service.key
  sensitive   = true
}

output "fingerprint" {
  description = "Tells one value from another."
  value       = appservices_user_api_key.service.key_fingerprint
}
