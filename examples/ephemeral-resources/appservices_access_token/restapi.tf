terraform {
  required_version = ">= 1.10"

  required_providers {
    appservices = {
      source = "appservices/appservices"
    }
    restapi = {
      source = "Mastercard/restapi"
    }
  }
}

ephemeral "appservices_access_token" "this" {}

# A provider block may take ephemeral values. Whatever this provider asks goes to the app, with the token.
provider "restapi" {
  uri = "${ephemeral.appservices_access_token.this.base_url}/api/client/v2.0"

  headers = {
    Authorization = "Bearer ${ephemeral.appservices_access_token.this.access_token}"
  }
}
