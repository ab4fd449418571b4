# Keys of runs that were killed. Those of the last day may belong to a run that still goes on.
data "appservices_user_api_keys" "ephemeral" {
  name_prefix = "terraform-ephemeral-"
}

output "left_behind" {
  value = {
    for key in data.appservices_user_api_keys.ephemeral.api_keys : key.id => key.name
    if timecmp(key.created_at, timeadd(plantimestamp(), "-24h")) < 0
  }
}
