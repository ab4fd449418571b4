terraform {
  required_providers {
    tiny = { source = "example/tiny" }
  }
}

provider "tiny" {
  name = "things"
}

resource "tiny_thing" "all" {
  name   = "all"
  text   = provider::tiny::shout("hello TEXT")
  flag   = false
  exact  = 3.14159265358979323846264338327950288
  tags   = ["y", "x", "TEXT"]
  lists  = { k = ["b", "a", "b"], TEXT = [] }
  any    = { a = 1, b = ["z", true, 1.5], c = null }
  one    = { name = "one" }
  many   = [{ name = "m" }, { name = "TEXT" }]
  some   = [{ name = "s" }, { name = "TEXT!" }]
  each   = { x = { name = "each" }, TEXT = { name = "TEXT" } }
}

resource "tiny_thing" "bare" {
  name  = "bare"
  exact = 0.1
}

data "tiny_thing" "all" {
  name = tiny_thing.all.name
}

ephemeral "tiny_thing" "lease" {
  name = "lease"
}

output "size" {
  value = data.tiny_thing.all.size
}
