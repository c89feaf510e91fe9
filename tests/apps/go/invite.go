// Invitations with slack-go: `invite CHANNEL USER EMAIL`.
package main

import (
	"errors"
	"fmt"
	"log"
	"os"

	"github.com/slack-go/slack"
)

func main() {
	channel, user, email := os.Args[1], os.Args[2], os.Args[3]

	client := slack.New(
		os.Getenv("SLACK_BOT_TOKEN"),
		slack.OptionAPIURL(os.Getenv("SLACK_API_URL")), // http://127.0.0.1:3999/api/
	)

	invited, err := client.InviteUsersToConversation(channel, user)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("invited to", invited.ID)

	_, err = client.InviteUsersToConversation(channel, user)
	var refusal slack.SlackErrorResponse
	if !errors.As(err, &refusal) {
		log.Fatal("not refused: ", err)
	}
	fmt.Println("refused:", refusal.Err)

	limited := false
	invitation, _, err := client.InviteSharedToConversation(slack.InviteSharedToConversationParams{
		ChannelID:       channel,
		Emails:          []string{email},
		ExternalLimited: &limited,
	})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("shared:", invitation)
}
