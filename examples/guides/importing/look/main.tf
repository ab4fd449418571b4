data "appservices_user_api_keys" "all" {}

output "keys" {
  value = { for key in data.appservices_user_api_keys.all.api_keys : key.name => key.id }
}
