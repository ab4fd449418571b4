# Real keys on an emulator, of a user that the first run makes. The address and the app come from the environment.
provider "appservices" {
  email    = run.a_user_of_its_own.email
  password = run.a_user_of_its_own.password
}

# These log in with the first two keys.
provider "appservices" {
  alias   = "blue_1"
  api_key = run.a_service_gets_two_keys.key
}

provider "appservices" {
  alias   = "green_0"
  api_key = run.a_service_gets_two_keys.previous_key
}

variables {
  service = "billing"
}

run "a_user_of_its_own" {
  module {
    source = "./tests/user"
  }
}

run "a_service_gets_two_keys" {
  assert {
    condition     = output.slot == "blue" && startswith(output.name, "billing-blue-1-")
    error_message = "The first key is ${output.name}, in the slot ${output.slot}."
  }

  assert {
    condition     = output.key != output.previous_key
    error_message = "Both slots have the same value."
  }

  assert {
    condition     = output.key_fingerprint == "SHA256:${trimsuffix(base64sha256(output.key), "=")}"
    error_message = "The fingerprint is that of another value: ${output.key_fingerprint}"
  }
}

run "both_can_log_in" {
  module {
    source = "./tests/login"
  }

  providers = {
    appservices = appservices.blue_1
  }

  assert {
    condition     = length(output.ids) == 2
    error_message = "There are ${length(output.ids)} keys."
  }
}

run "the_one_in_reserve_too" {
  module {
    source = "./tests/login"
  }

  providers = {
    appservices = appservices.green_0
  }
}

run "nothing_changes_by_itself" {
  command = plan

  assert {
    condition     = output.slots == run.a_service_gets_two_keys.slots
    error_message = "A key would be replaced, and nobody asked for it."
  }
}

run "two_steps_at_once_are_refused" {
  command = plan

  variables {
    generation = 3
  }

  expect_failures = [data.appservices_user_api_keys.existing]
}

run "a_step_replaces_the_key_that_is_not_in_use" {
  variables {
    generation = 2
  }

  assert {
    condition     = output.slot == "green" && output.key != run.a_service_gets_two_keys.previous_key
    error_message = "The green slot is to have a new key, and to be the current one."
  }

  assert {
    condition     = output.previous_key == run.a_service_gets_two_keys.key
    error_message = "The key that was in use until now has been replaced."
  }

  assert {
    condition     = output.key_version != run.a_service_gets_two_keys.key_version
    error_message = "A store that takes the value by its version would keep the old one."
  }
}

run "programs_with_the_value_before_still_log_in" {
  module {
    source = "./tests/login"
  }

  providers = {
    appservices = appservices.blue_1
  }

  assert {
    condition     = length(output.ids) == 2
    error_message = "There are ${length(output.ids)} keys, and two are needed."
  }
}

run "a_step_back_is_refused" {
  command = plan

  variables {
    generation = 1
  }

  expect_failures = [data.appservices_user_api_keys.existing]
}

run "the_next_step_is_the_other_slots" {
  variables {
    generation = 3
  }

  assert {
    condition     = output.slot == "blue" && output.previous_key == run.a_step_replaces_the_key_that_is_not_in_use.key
    error_message = "The green key has to stay, and the blue one to be new."
  }

  assert {
    condition     = output.key != run.a_service_gets_two_keys.key
    error_message = "The blue slot still has its first key."
  }
}

run "another_service_may_begin_anywhere" {
  command = plan

  variables {
    service    = "billing-eu"
    generation = 7
  }

  assert {
    condition     = output.slot == "blue"
    error_message = "An odd generation is that of the blue slot."
  }
}

run "a_generation_is_a_whole_number" {
  command = plan

  variables {
    generation = 1.5
  }

  expect_failures = [var.generation]
}

run "a_service_whose_name_makes_no_key_is_refused" {
  command = plan

  variables {
    service = "Billing Service"
  }

  expect_failures = [var.service]
}

run "an_age_is_in_whole_days" {
  command = plan

  variables {
    service      = "another"
    max_age_days = 0.5
  }

  expect_failures = [var.max_age_days]
}

run "there_are_two_ends_for_an_old_key" {
  command = plan

  variables {
    service    = "another"
    on_destroy = "keep"
  }

  expect_failures = [var.on_destroy]
}
