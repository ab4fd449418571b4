terraform {
  required_providers {
    appservices = {
      source = "appservices/appservices"
    }
  }
}

# A new key every 90 days. The one before goes on working for a week, so that devices have time to fetch the new value.
resource "appservices_rotating_user_api_key" "devices" {
  name_prefix  = "devices-"
  rotate_after = "90d"
  overlap      = "7d"
}

# The secret. `sensitive` hides it on screen; it is still in the state, in the clear.
output "devices_key" {
  value     = appservices_rotating_user_api_key.devices.key
  sensitive = true
}

# Which key retires next, and when. Null while there is one key only.
output "devices_previous_retires_at" {
  value = appservices_rotating_user_api_key.devices.previous_retires_at
}
