# Names are unique among a user's keys, so only a new name lets the new key come before the old one goes. The prefix gives
# each key a name of its own.
resource "appservices_user_api_key" "this" {
  name_prefix  = "${var.service}-"
  enabled      = var.enabled
  keepers      = var.keepers
  rotate_after = var.rotate_after
  on_destroy   = var.on_destroy

  lifecycle {
    create_before_destroy = true
  }
}
