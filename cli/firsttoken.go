package cli

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"

	"glow/schema"
	"glow/store"
)

// firstToken makes the token of the first admin of GLOW_TOKEN, else of chance. It
// is saved before the database knows it: were it the other way round and saving
// failed, the database would have an admin whose token nobody has.
func (i *instance) firstToken() (note string, err error) {
	secret := i.app.secret()
	if secret == "" {
		secret = store.NewSecret()
	}
	file := i.app.credentials()
	if i.before, err = file.load(); err != nil {
		return "", err
	}
	keys := []string{i.url}
	if !i.passing {
		keys = append(keys, i.fileKey())
	}
	if err := file.save(secret, keys...); err != nil {
		return "", err
	}
	i.saved = keys
	ctx := context.WithoutCancel(i.app.ctx) // an interrupt would leave open whether it was made
	if err := i.store.AdoptToken(ctx, firstTokenName, secret); err != nil {
		return "", errors.Join(err, i.unsave())
	}
	if err := i.auditFirstToken(ctx); err != nil {
		return "", err
	}
	return fmt.Sprintf("Token:     an admin's, saved in %s for the command line\n", clean(file.path)), nil
}

// auditFirstToken writes down that the only token there is was made.
func (i *instance) auditFirstToken(ctx context.Context) error {
	tokens, err := i.store.Tokens(ctx)
	if err != nil {
		return err
	}
	made := tokens.Data[0]
	return i.store.Audit(ctx, schema.Caller{TokenName: schema.NameServe, Role: schema.RoleAdmin, Remote: "local"},
		schema.ActionTokenCreate, map[string]any{"token_id": made.TokenID, "name": made.Name, "role": made.Role})
}

// unsave puts back what was saved in the place of the first token.
func (i *instance) unsave() error {
	return i.app.credentials().change(func(saved map[string]string) {
		for _, key := range i.saved {
			delete(saved, key)
			if old, had := i.before[key]; had {
				saved[key] = old
			}
		}
	})
}

// firstTokenName is the name of the token that serve makes.
const firstTokenName = "first admin"

// knownToken sees to it that the token saved for this address is one of this
// database. Another instance may have served here since.
func (i *instance) knownToken() (note string, err error) {
	file := i.app.credentials()
	saved, err := file.load()
	if err != nil {
		return "", err
	}
	for _, key := range []string{i.url, i.fileKey()} {
		if secret := saved[key]; secret != "" {
			if _, err := i.store.Authenticate(i.app.ctx, secret); err == nil {
				return "", file.save(secret, i.url)
			}
		}
	}
	return fmt.Sprintf("Token:     none of yours is saved for this instance; `glow login%s` saves one that you have, `glow token create NAME --role admin --db FILE` makes one while nothing is served\n", i.urlFlag()), nil
}

// fileKey is under which the token of a database is saved, whatever its address.
func (i *instance) fileKey() string {
	path, err := filepath.Abs(i.path)
	if err != nil { // the working folder is gone
		path = i.path
	}
	return "file://" + filepath.ToSlash(path)
}
