terraform {
  required_providers {
    appservices = {
      source = "appservices/appservices"
    }
  }
}

# app_id and the login come from the environment, for example APPSERVICES_APP_ID, APPSERVICES_EMAIL and
# APPSERVICES_PASSWORD. The empty block keeps Terraform's messages about those variables short.
provider "appservices" {}
