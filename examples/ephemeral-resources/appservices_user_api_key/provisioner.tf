# A key for one command: it can log in while the command runs, and not a moment longer.
ephemeral "appservices_user_api_key" "migration" {
  name_prefix = "migration-"
}

resource "terraform_data" "migration" {
  triggers_replace = filesha256("${path.module}/migrate")

  provisioner "local-exec" {
    command = "${path.module}/migrate"

    environment = {
      APP_API_KEY = ephemeral.appservices_user_api_key.migration.key
    }
  }
}
