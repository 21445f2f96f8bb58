package cli

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"

	"glow/schema"
	"glow/store"
)

// createFirstToken makes the token of the first admin of GLOW_TOKEN, else of chance. It
// is saved before the database knows it: were it the other way round and saving
// failed, the database would have an admin whose token nobody has. One of chance
// that cannot be saved is not made; the next start tries again.
func (i *instance) createFirstToken() (note string, err error) {
	secret := i.app.secret()
	given := secret != ""
	if !given {
		secret = store.NewSecret()
	}
	unsaved := i.saveFirstToken(secret)
	if unsaved != nil && !given {
		return fmt.Sprintf("Token:     none was made: %s; who opens the link below can make one under Access\n", clean(unsaved.Error())), nil
	}
	ctx := context.WithoutCancel(i.app.ctx) // an interrupt would leave open whether it was made
	if err := i.store.AdoptToken(ctx, firstTokenName, secret); err != nil {
		return "", errors.Join(err, i.restoreTokens())
	}
	if err := i.auditFirstToken(ctx); err != nil {
		return "", err
	}
	if unsaved != nil {
		return fmt.Sprintf("Token:     an admin's, the one given, but not saved for the command line: %s\n", clean(unsaved.Error())), nil
	}
	return fmt.Sprintf("Token:     an admin's, saved in %s for the command line\n", clean(i.app.credentials().path)), nil
}

// saveFirstToken saves the first token for this address and, unless it is thrown away
// at the end, for the database.
func (i *instance) saveFirstToken(secret string) error {
	file := i.app.credentials()
	before, err := file.load()
	if err != nil {
		return err
	}
	keys := []string{i.tokenKey()}
	if !i.temporary {
		keys = append(keys, i.fileTokenKey())
	}
	if err := file.save(secret, keys...); err != nil {
		return err
	}
	i.before, i.saved = before, keys
	return nil
}

// auditFirstToken writes down that the only token there is was made.
func (i *instance) auditFirstToken(ctx context.Context) error {
	tokens, err := i.store.Tokens(ctx)
	if err != nil {
		return err
	}
	made := tokens.Data[0]
	return i.store.Audit(ctx, schema.ByItself(schema.NameServe),
		schema.ActionTokenCreate, map[string]any{"token_id": made.TokenID, "name": made.Name, "role": made.Role})
}

// restoreTokens puts back what was saved in the place of the first token.
func (i *instance) restoreTokens() error {
	if i.saved == nil {
		return nil
	}
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

// checkSavedToken makes sure that the token saved for this address is one of this
// database. Another instance may have served here since.
func (i *instance) checkSavedToken() (note string) {
	file := i.app.credentials()
	saved, err := file.load()
	if err != nil {
		return fmt.Sprintf("Token:     none for the command line: %s\n", clean(err.Error()))
	}
	for _, key := range []string{i.tokenKey(), i.fileTokenKey()} {
		secret := saved[key]
		if secret == "" {
			continue
		}
		if _, err := i.store.Authenticate(i.app.ctx, secret); err != nil {
			continue
		}
		if saved[i.tokenKey()] == secret {
			return ""
		}
		if err := file.save(secret, i.tokenKey()); err != nil {
			return fmt.Sprintf("Token:     yours is not saved for this address: %s\n", clean(err.Error()))
		}
		return ""
	}
	return fmt.Sprintf("Token:     none of yours is saved for this instance; `glow login%s` saves one that you have, `glow token create NAME --role admin --db FILE` makes one while nothing is served\n", i.urlFlag())
}

// tokenKey is the key of the tokens saved for the address of this instance.
func (i *instance) tokenKey() string {
	key, _ := tokenKey(i.url)
	return key
}

// fileTokenKey is the key of the token saved for the database, whatever the address.
func (i *instance) fileTokenKey() string {
	path, err := filepath.Abs(i.path)
	if err != nil { // the working folder is gone
		path = i.path
	}
	return "file://" + filepath.ToSlash(path)
}
