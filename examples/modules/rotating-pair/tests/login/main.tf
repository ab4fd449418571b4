# Logs in, and looks at the keys of the user.
terraform {
  required_providers {
    appservices = {
      source = "appservices/appservices"
    }
  }
}

data "appservices_user_api_keys" "all" {}

output "ids" {
  value = data.appservices_user_api_keys.all.ids
}
