resource "appservices_user_api_key" "deploy" {
  name_prefix = "deploy-"
}

data "appservices_user_api_keys" "all" {
  name_prefix = "deploy-"
}

output "not_in_this_state" {
  value = [for key in data.appservices_user_api_keys.all.api_keys : key.id
  if !contains([appservices_user_api_key.deploy.id], key.id)]
}
