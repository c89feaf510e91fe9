import com.slack.api.Slack;
import com.slack.api.SlackConfig;
import com.slack.api.bolt.App;
import com.slack.api.bolt.AppConfig;
import com.slack.api.bolt.jetty.SlackAppServer;
import com.slack.api.bolt.socket_mode.SocketModeApp;
import com.slack.api.methods.SlackApiException;
import com.slack.api.methods.SlackApiTextResponse;
import com.slack.api.model.event.MemberJoinedChannelEvent;
import com.slack.api.model.event.MessageChangedEvent;
import com.slack.api.model.event.MessageChannelJoinEvent;
import com.slack.api.model.event.MessageEvent;
import com.slack.api.model.event.SharedChannelInviteAcceptedEvent;
import com.slack.api.model.event.SharedChannelInviteApprovedEvent;
import com.slack.api.model.event.SharedChannelInviteReceivedEvent;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Pattern;

/**
 * The greeter, with Bolt for Java, told all by its environment.
 *
 * <p>{@code ../js/app.mjs} and {@code ../python/app.py} are the same app. It greets whoever joins a channel
 * it is in, takes part where its bot is invited by another organisation, reports how its own invitations
 * fare, and invites when it is asked to: by a message, by a slash command with a modal, and by a button.
 * What it has done it also prints, for the story that it lives in.
 */
public final class Greeter {
  private static final Pattern INVITE = Pattern.compile("^invite <@(\\w+)>$");
  private static final Pattern INVITE_AS_BEFORE = Pattern.compile("^invite <@(\\w+)> as before$");
  private static final Pattern SHARE = Pattern.compile("^share with <mailto:([^|>]+).*");

  private static final String MODAL =
      """
      {"type": "modal", "callback_id": "invite",
       "title": {"type": "plain_text", "text": "Guests"},
       "submit": {"type": "plain_text", "text": "Invite"},
       "blocks": [
         {"type": "input", "block_id": "who", "label": {"type": "plain_text", "text": "Who"},
          "element": {"type": "users_select", "action_id": "who"}},
         {"type": "input", "block_id": "where", "label": {"type": "plain_text", "text": "Where"},
          "element": {"type": "conversations_select", "action_id": "where"}}]}
      """;
  private static final String OFFER =
      """
      [{"type": "actions", "elements": [
        {"type": "button", "action_id": "add_me", "text": {"type": "plain_text", "text": "Add me"}}]}]
      """;

  private final App app;

  /** An event may come twice, and has the same id then. */
  private final Set<String> greeted = ConcurrentHashMap.newKeySet();

  private Greeter() {
    var slackConfig = new SlackConfig();
    slackConfig.setMethodsEndpointUrlPrefix(System.getenv("SLACK_API_URL")); // http://127.0.0.1:3999/api/
    app =
        new App(
            AppConfig.builder()
                .slack(Slack.getInstance(slackConfig))
                .singleTeamBotToken(System.getenv("SLACK_BOT_TOKEN"))
                .signingSecret(System.getenv("SLACK_SIGNING_SECRET"))
                .build());

    app.event(
        MemberJoinedChannelEvent.class,
        (payload, context) -> {
          var event = payload.getEvent();
          if (event.getUser().equals(context.getBotUserId())) return context.ack();
          if (!greeted.contains(payload.getEventId())) {
            post(event.getChannel(), "Welcome, <@" + event.getUser() + ">!");
          }
          greeted.add(payload.getEventId());
          done(payload.getEventId() + " joined " + event.getUser());
          return context.ack();
        });

    app.event(
        SharedChannelInviteReceivedEvent.class,
        (payload, context) -> {
          var invite = payload.getEvent().getInvite();
          var name = payload.getEvent().getChannel().getName() + "-from-" + invite.getInvitingTeam().getDomain();
          var answer =
              app.client().conversationsAcceptSharedInvite(r -> r.inviteId(invite.getId()).channelName(name));
          // It was this app, if the event comes again.
          if (!"invite_used".equals(answer.getError())) succeed(answer);
          done("accepted " + invite.getId());
          return context.ack();
        });

    app.event(
        SharedChannelInviteAcceptedEvent.class,
        (payload, context) -> {
          var event = payload.getEvent();
          var rest = event.isApprovalRequired() ? ", to be approved" : "";
          report(event.getAcceptingUser().getName() + " accepted #" + event.getChannel().getName() + rest);
          return context.ack();
        });

    app.event(
        SharedChannelInviteApprovedEvent.class,
        (payload, context) -> {
          var event = payload.getEvent();
          report(event.getApprovingTeamId() + " approved #" + event.getChannel().getName());
          return context.ack();
        });

    app.message(
        INVITE,
        (payload, context) -> {
          var channel = payload.getEvent().getChannel();
          var user = named(INVITE, payload.getEvent());
          var answer = app.client().conversationsInvite(r -> r.channel(channel).users(List.of(user)));
          tell(channel, answer, "invited <@" + user + ">");
          return context.ack();
        });

    app.message(
        INVITE_AS_BEFORE,
        (payload, context) -> {
          var channel = payload.getEvent().getChannel();
          var user = named(INVITE_AS_BEFORE, payload.getEvent());
          var token = System.getenv("SLACK_USER_TOKEN");
          var answer = app.client().channelsInvite(r -> r.token(token).channel(channel).user(user));
          tell(channel, answer, "invited <@" + user + "> as before");
          return context.ack();
        });

    app.message(
        SHARE,
        (payload, context) -> {
          var channel = payload.getEvent().getChannel();
          var emails = List.of(named(SHARE, payload.getEvent()));
          var answer =
              app.client().conversationsInviteShared(
                  r -> r.channel(channel).emails(emails).externalLimited(false));
          tell(channel, answer, "shared: " + answer.getInviteId());
          return context.ack();
        });

    app.command(
        "/invite-guest",
        (request, context) -> {
          var command = request.getPayload();
          if ("offer".equals(command.getText())) {
            var offered =
                app.client().chatPostMessage(
                    r -> r.channel(command.getChannelId()).text("Who wants to come in?").blocksAsString(OFFER));
            succeed(offered);
            done("offered " + offered.getTs());
            return context.ack();
          }
          var opened = app.client().viewsOpen(r -> r.triggerId(command.getTriggerId()).viewAsString(MODAL));
          succeed(opened);
          done("opened " + opened.getView().getId());
          return context.ack("Whom?");
        });

    app.viewSubmission(
        "invite",
        (request, context) -> {
          var values = request.getPayload().getView().getState().getValues();
          var user = values.get("who").get("who").getSelectedUser();
          var channel = values.get("where").get("where").getSelectedConversation();
          var answer = app.client().conversationsInvite(r -> r.channel(channel).users(List.of(user)));
          if (!answer.isOk()) return context.ackWithErrors(Map.of("who", answer.getError()));
          done(channel + " filled in <@" + user + ">");
          return context.ack();
        });

    app.blockAction(
        "add_me",
        (request, context) -> {
          var user = request.getPayload().getUser().getId();
          var channel = request.getPayload().getChannel().getId();
          succeed(app.client().conversationsInvite(r -> r.channel(channel).users(List.of(user))));
          context.respond(r -> r.replaceOriginal(true).text("<@" + user + "> is in"));
          done("added <@" + user + ">");
          return context.ack();
        });

    // Whatever else is said: an event that nobody handles is answered 404, and comes again.
    app.event(MessageEvent.class, (payload, context) -> context.ack());
    app.event(MessageChangedEvent.class, (payload, context) -> context.ack());
    app.event(MessageChannelJoinEvent.class, (payload, context) -> context.ack());
  }

  private static String named(Pattern pattern, MessageEvent message) {
    var matcher = pattern.matcher(message.getText());
    if (!matcher.matches()) throw new IllegalArgumentException(message.getText());
    return matcher.group(1);
  }

  private static void done(String text) {
    System.out.println(text);
  }

  private static void succeed(SlackApiTextResponse answer) throws IOException {
    if (!answer.isOk()) throw new IOException("refused: " + answer.getError());
  }

  private void post(String channel, String text) throws IOException, SlackApiException {
    succeed(app.client().chatPostMessage(r -> r.channel(channel).text(text)));
    done(channel + " " + text);
  }

  private void report(String text) throws IOException, SlackApiException {
    post(System.getenv("REPORTS"), text);
  }

  /** Says in the channel what came of a call. */
  private void tell(String channel, SlackApiTextResponse answer, String said)
      throws IOException, SlackApiException {
    post(channel, answer.isOk() ? said : "refused: " + answer.getError());
  }

  public static void main(String[] arguments) throws Exception {
    var app = new Greeter().app;
    var token = System.getenv("SLACK_APP_TOKEN");
    if (token == null) {
      var server = new SlackAppServer(app, Integer.parseInt(System.getenv("PORT")));
      done("ready");
      server.start();
    } else {
      var socket = new SocketModeApp(token, app);
      socket.startAsync();
      done("ready");
      Thread.currentThread().join();
    }
  }
}
