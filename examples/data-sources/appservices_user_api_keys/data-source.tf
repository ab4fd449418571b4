terraform {
  required_providers {
    appservices = {
      source = "appservices/appservices"
    }
  }
}

# Every key of the user, oldest first.
data "appservices_user_api_keys" "all" {}

# Enabled keys of two environments. Filters add up: a key has to pass all of them.
data "appservices_user_api_keys" "deploy" {
  name_prefix = "deploy-"
  name_regex  = "-(staging|production)$"
  enabled     = true
}

output "oldest_key" {
  value = try(data.appservices_user_api_keys.all.api_keys[0].name, null)
}

output "deploy_keys" {
  value = { for key in data.appservices_user_api_keys.deploy.api_keys : key.name => key.created_at }
}
