resource "appservices_user_api_key" "deploy" {
  name_prefix  = "deploy-"
  rotate_after = "90d"

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_secretsmanager_secret" "deploy" {
  name = "deploy-bot"
}

resource "aws_secretsmanager_secret_version" "deploy" {
  secret_id = aws_secretsmanager_secret.deploy.id

  secret_string_wo         = appservices_user_api_key.deploy.key
  secret_string_wo_version = parseint(substr(appservices_user_api_key.deploy.id, 0, 8), 16)
}
