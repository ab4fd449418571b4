resource "appservices_user_api_key" "deploy" {
  name_prefix  = "deploy-"
  rotate_after = "90d"

  lifecycle {
    create_before_destroy = true
  }
}

# The first eight digits of a key's id are the time of its creation, so each new key has a greater version.
resource "vault_kv_secret_v2" "deploy" {
  mount = "kv"
  name  = "deploy-bot"

  data_json_wo         = jsonencode({ key = appservices_user_api_key.deploy.key })
  data_json_wo_version = parseint(substr(appservices_user_api_key.deploy.id, 0, 8), 16)
}
