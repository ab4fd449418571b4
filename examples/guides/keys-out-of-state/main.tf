variable "recipient" {
  description = "Who may read the value: the public half of an age identity."
  type        = string
}

resource "appservices_user_api_key" "device" {
  name_prefix = "device-"
  recipients  = [var.recipient]
}

output "encrypted_key" {
  value = appservices_user_api_key.device.encrypted_key
}
