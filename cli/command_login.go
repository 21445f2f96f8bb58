package cli

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"os"
	"strings"

	"golang.org/x/term"

	"glow/schema"
)

// loginCmd saves a token for an instance.
type loginCmd struct {
	URL string `arg:"" optional:"" name:"url" help:"The instance. Default that of --instance-url."`
}

// Run asks for a token, tries it and saves it.
func (c *loginCmd) Run(a *app) error {
	base, err := a.instance(c.URL)
	if err != nil {
		return err
	}
	if base.Scheme == "http" && !isLoopback(base.Hostname()) {
		fmt.Fprintf(a.errs, "glow: mind that %s is not encrypted: others on the way can read the token\n", clean(base.String()))
	}
	secret, err := a.askSecret(base)
	if err != nil {
		return err
	}
	client := newClient(base, secret)
	defer client.close()
	who, err := call(a.ctx, client, schema.Context, []byte("{}"))
	if schema.ErrorCode(err) == schema.CodeUnauthorized {
		return fmt.Errorf("%s does not know this token", client.name)
	}
	if err != nil {
		return err
	}
	file := a.credentials()
	if err := file.save(secret, tokenKeyOfURL(base)); err != nil {
		return err
	}
	return a.printResult(fmt.Sprintf("Signed in to %s as %s (%s). The token is saved in %s.", client.name, who.value.TokenName, who.value.Role, file.path),
		map[string]any{"instance_url": client.name, "token_name": who.value.TokenName, "role": who.value.Role, "file": file.path})
}

// logoutCmd forgets a token.
type logoutCmd struct {
	URL string `arg:"" optional:"" name:"url" help:"The instance. Default that of --instance-url."`
}

// Run forgets the token that is saved for an instance. It still holds there.
func (c *logoutCmd) Run(a *app) error {
	base, err := a.instance(c.URL)
	if err != nil {
		return err
	}
	known, err := a.credentials().forget(tokenKeyOfURL(base))
	if err != nil {
		return err
	}
	if !known {
		return fmt.Errorf("no token is saved for %s", base)
	}
	return a.printResult(fmt.Sprintf("Forgot the token for %s. `glow token revoke` ends one for good.", base), map[string]any{"instance_url": base.String()})
}

// instance is the address given as an argument, else that of the flags.
func (a *app) instance(argument string) (*url.URL, error) {
	if a.globals.DB != "" {
		return nil, usagef("--db: a database file needs no token; this is for instances")
	}
	if argument != "" {
		return parseURL(argument)
	}
	return parseURL(a.url())
}

func isLoopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// askSecret takes the token that was given, else asks for it: on a terminal
// without showing it, else as the first line of stdin.
func (a *app) askSecret(base *url.URL) (string, error) {
	if secret := a.secret(); secret != "" {
		return secret, nil
	}
	var text string
	if f, ok := a.in.(*os.File); ok && isTerminal(a.in) {
		fmt.Fprintf(a.errs, "Token for %s: ", clean(base.String()))
		typed, err := term.ReadPassword(int(f.Fd()))
		fmt.Fprintln(a.errs)
		if err != nil {
			return "", fmt.Errorf("cannot read the token: %w", err)
		}
		text = string(typed)
	} else {
		line, err := bufio.NewReader(a.in).ReadString('\n')
		if err != nil && !errors.Is(err, io.EOF) {
			return "", fmt.Errorf("cannot read the token: %w", err)
		}
		text = line
	}
	if text = strings.TrimSpace(text); text == "" {
		return "", usagef("login: give the token on stdin or with --token")
	}
	return text, nil
}
