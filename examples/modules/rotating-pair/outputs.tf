output "key" {
  description = "The current value to log in with. The one before it goes on working until the next rotation."
  value       = appservices_user_api_key.slot[local.current].key
  sensitive   = true
}

output "key_id" {
  description = "Id of the current key."
  value       = appservices_user_api_key.slot[local.current].id
}

output "key_fingerprint" {
  description = "Tells which value is the current one, without showing it: `SHA256:` and the SHA-256 of the value in Base64."
  value       = appservices_user_api_key.slot[local.current].key_fingerprint
}

output "key_version" {
  description = "Another number for each new key: for the version that write-only arguments of other providers ask for."

  # The first eight digits of an id are the second of its creation, the last three a part of the server's count.
  # By way of a string, because `plan -refresh-only` takes a computed number for a changed one. Null where a mocked
  # provider makes up an id.
  value = try(tonumber(tostring(parseint(join("", [
    substr(appservices_user_api_key.slot[local.current].id, 0, 8),
    substr(appservices_user_api_key.slot[local.current].id, 21, 3),
  ]), 16))), null)
}

output "name" {
  description = "Name of the current key."
  value       = appservices_user_api_key.slot[local.current].name
}

output "slot" {
  description = "Slot of the current key: `blue` or `green`."
  value       = local.current
}

output "previous_key" {
  description = "The value before the current one, which still works: the way back if something is wrong with the current one."
  value       = appservices_user_api_key.slot[local.previous].key
  sensitive   = true
}

output "slots" {
  description = "Both keys, without their values: `blue` and `green`, each with `id`, `name`, `generation`, `key_fingerprint` and `created_at`."
  value = {
    for slot, key in appservices_user_api_key.slot : slot => {
      id              = key.id
      name            = key.name
      generation      = tonumber(tostring(local.slots[slot])) # see above
      key_fingerprint = key.key_fingerprint
      created_at      = key.created_at
    }
  }
}

output "due_at" {
  description = "From when on plans warn that the current key should be rotated: RFC 3339, in UTC. Null if `max_age_days` is 0."
  value = var.max_age_days == 0 ? null : try(timeadd(
    appservices_user_api_key.slot[local.current].created_at, "${var.max_age_days * 24}h"
  ), null)
}
