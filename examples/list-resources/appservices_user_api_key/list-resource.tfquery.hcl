# Every key of the user, oldest first; the first 100 of them.
list "appservices_user_api_key" "all" {
  provider = appservices
}

# Enabled keys of two environments, with all their attributes. Filters add up: a key has to pass all of them.
list "appservices_user_api_key" "deploy" {
  provider = appservices

  include_resource = true
  limit            = 20

  config {
    name_prefix = "deploy-"
    name_regex  = "-(staging|production)$"
    enabled     = true
  }
}
