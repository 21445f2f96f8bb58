package schema

import "embed"

// Migrations holds the SQL migrations, one numbered file a step, for goose.
//
//go:embed migrations/*.sql
var Migrations embed.FS
