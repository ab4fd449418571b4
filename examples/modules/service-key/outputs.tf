output "key" {
  description = "The value to log in with."
  value       = appservices_user_api_key.this.key
  sensitive   = true
}

output "key_id" {
  description = "Id of the key."
  value       = appservices_user_api_key.this.id
}

output "key_fingerprint" {
  description = "Tells which value is meant, without showing it: `SHA256:` and the SHA-256 of the value in Base64."
  value       = appservices_user_api_key.this.key_fingerprint
}

output "key_version" {
  description = "Another number for each new key: for the version that write-only arguments of other providers ask for."

  # The first eight digits of an id are the second of its creation, the last three a part of the server's count.
  # By way of a string, because `plan -refresh-only` takes a computed number for a changed one. Null where a mocked
  # provider makes up an id.
  value = try(tonumber(tostring(parseint(join("", [
    substr(appservices_user_api_key.this.id, 0, 8),
    substr(appservices_user_api_key.this.id, 21, 3),
  ]), 16))), null)
}

output "name" {
  description = "Name of the key: the service, and what the provider adds."
  value       = appservices_user_api_key.this.name
}

output "rotates_at" {
  description = "From when on a plan replaces the key: RFC 3339, in UTC. Null if it has no age."
  value       = appservices_user_api_key.this.rotates_at
}

output "user_id" {
  description = "Id of the user that owns the key, and whose rights it gives."
  value       = appservices_user_api_key.this.user_id
}
