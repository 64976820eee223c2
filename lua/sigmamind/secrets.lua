--- secrets: the fields that the API documents as secrets.
return { "secret", "trunkPassword" }
