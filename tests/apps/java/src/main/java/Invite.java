import com.slack.api.Slack;
import com.slack.api.SlackConfig;
import java.util.List;

/** Invitations with the Java SDK alone: {@code Invite CHANNEL USER EMAIL}. */
public final class Invite {
  public static void main(String[] arguments) throws Exception {
    var channel = arguments[0];
    var user = arguments[1];
    var email = arguments[2];

    var config = new SlackConfig();
    config.setMethodsEndpointUrlPrefix(System.getenv("SLACK_API_URL")); // http://127.0.0.1:3999/api/
    var client = Slack.getInstance(config).methods(System.getenv("SLACK_BOT_TOKEN"));

    var invited = client.conversationsInvite(r -> r.channel(channel).users(List.of(user)));
    System.out.println("invited to " + invited.getChannel().getId());

    // A refusal is an answer, too: this SDK throws only when the status is not 200, as 429 is not.
    var again = client.conversationsInvite(r -> r.channel(channel).users(List.of(user)));
    System.out.println("refused: " + again.getError());

    var shared =
        client.conversationsInviteShared(r -> r.channel(channel).emails(List.of(email)).externalLimited(false));
    System.out.println("shared: " + shared.getInviteId());
  }
}
