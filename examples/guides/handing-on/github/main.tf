terraform {
  required_providers {
    appservices = {
      source = "appservices/appservices"
    }
  }
}

# The login comes from the environment.
provider "appservices" {}

resource "appservices_user_api_key" "deploy" {
  name_prefix  = "deploy-"
  rotate_after = "90d"

  lifecycle {
    create_before_destroy = true
  }
}

# `gh` takes the value from its input and encrypts it for the repository: it is in no argument, and not once more in the state.
resource "terraform_data" "github" {
  triggers_replace = appservices_user_api_key.deploy.key_fingerprint

  provisioner "local-exec" {
    command     = "printf %s \"$KEY\" | gh secret set DEPLOY_KEY --repo example/service"
    environment = { KEY = appservices_user_api_key.deploy.key }
  }
}
