# A user of its own for each run of the tests: other keys of the user in the environment change nothing. It takes curl.
resource "terraform_data" "user" {
  input = {
    email    = "rotating-pair-${uuid()}@example.com"
    password = uuid()
  }

  provisioner "local-exec" {
    command = <<-SHELL
      printf '{"email":"%s","password":"%s"}' "$EMAIL" "$PASSWORD" |
        curl --silent --show-error --fail --header 'Content-Type: application/json' --data @- \
          "$APPSERVICES_BASE_URL/api/client/v2.0/app/$APPSERVICES_APP_ID/auth/providers/local-userpass/register"
    SHELL

    environment = {
      EMAIL    = self.output.email
      PASSWORD = self.output.password
    }
  }

  # `uuid` is another one in each plan.
  lifecycle {
    ignore_changes = [input]
  }
}

output "email" {
  value = terraform_data.user.output.email
}

output "password" {
  value     = terraform_data.user.output.password
  sensitive = true
}
