resource "appservices_user_api_key" "deploy" {
  name_prefix  = "deploy-"
  rotate_after = "90d"

  lifecycle {
    create_before_destroy = true
  }
}

resource "kubernetes_secret_v1" "deploy" {
  metadata {
    name = "deploy-bot"
  }

  data_wo          = { key = appservices_user_api_key.deploy.key }
  data_wo_revision = parseint(substr(appservices_user_api_key.deploy.id, 0, 8), 16)
}
