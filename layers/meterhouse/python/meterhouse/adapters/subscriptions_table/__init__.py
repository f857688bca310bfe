"""The SubscriptionsTable: facts and states of subscriptions, references, what buyers tell.

| pk | sk | what |
|---|---|---|
| a folder: `license#…`, `customer#…`, `account#…`, `agreement#…` | `fact#<id>` | a fact, whole |
| " | `reads#<folder>`, `reader#<folder>` | with which folders it is folded |
| " | `state` | what its facts come to; indexes `phase` and `account` |
| " | `contact` | what the buyer told on the registration page |
| " | `tenant` | for which tenant it pays |
| `tenant#<id>` | `links` | the subscriptions that pay for a tenant of the seller's |
| `reference#<digest>` | `reference` | a registration reference, until its TTL |
"""
