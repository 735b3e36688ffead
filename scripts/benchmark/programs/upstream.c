/* An MCP server that costs next to nothing, so that what is measured is what stands before it.
 *
 *   upstream [NUMBER_OF_TOOLS]
 *
 * Tools: `echo` answers with its `text`, `blob` with a text of `size` characters; the others only
 * lengthen the list. It believes its client: lines are valid, texts hold no escapes. What a read
 * brought is answered in one write, except what is larger than a pipe.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PIPE (1 << 16)

static char out[2 * PIPE];
static size_t used;
static int tools = 2;

static void write_all(const char *text, size_t length)
{
    while (length) {
        ssize_t count = write(1, text, length);
        if (count <= 0)
            exit(1);
        text += count;
        length -= (size_t)count;
    }
}

static void flush_out(void)
{
    write_all(out, used);
    used = 0;
}

static void put(const char *text, size_t length)
{
    if (used + length > sizeof out)
        flush_out();
    if (length > sizeof out) {
        write_all(text, length);
    } else {
        memcpy(out + used, text, length);
        used += length;
    }
}

static void say(const char *text)
{
    put(text, strlen(text));
}

/* Where the value of a member begins, or NULL. The first place counts. */
static const char *value(const char *line, const char *member)
{
    const char *at = line ? strstr(line, member) : NULL;
    if (!at)
        return NULL;
    at += strlen(member);
    return at + strspn(at, ": ");
}

static int is(const char *at, const char *text)
{
    return strncmp(at, text, strlen(text)) == 0;
}

static void initialize(void)
{
    say("{\"protocolVersion\":\"2025-11-25\",\"capabilities\":{\"tools\":{}},"
        "\"serverInfo\":{\"name\":\"bench\",\"version\":\"1\"}}");
}

static void list(void)
{
    char tool[512];
    say("{\"tools\":[");
    for (int i = 0; i < tools; i++) {
        const char *name = i == 0 ? "echo" : i == 1 ? "blob" : "tool";
        int length = snprintf(tool, sizeof tool,
            "%s{\"name\":\"%s%.0d\",\"description\":\"Tool number %d, which does what it says.\","
            "\"inputSchema\":{\"type\":\"object\",\"properties\":{\"text\":{\"type\":\"string\"},"
            "\"size\":{\"type\":\"integer\"}}}}",
            i ? "," : "", name, i < 2 ? 0 : i, i);
        put(tool, (size_t)length);
    }
    say("]}");
}

/* A text of so many characters, held in memory as a server holds what it answers with. */
static void blob(size_t size)
{
    static char *text;
    static size_t held;
    if (size > held) {
        if (!(text = realloc(text, size)))
            exit(1);
        memset(text, 'x', size);
        held = size;
    }
    put(text, size);
}

static void call(const char *line)
{
    const char *name = value(line, "\"name\""), *at;
    say("{\"content\":[{\"type\":\"text\",\"text\":\"");
    if (name && is(name, "\"blob\"")) {
        blob((at = value(line, "\"size\"")) ? strtoul(at, NULL, 10) : 0);
    } else if ((at = value(line, "\"text\""))) {
        const char *end = strchr(at + 1, '"');
        put(at + 1, end ? (size_t)(end - at - 1) : 0);
    }
    say("\"}],\"isError\":false}");
}

static void answer(const char *line)
{
    const char *method = value(line, "\"method\""), *id = value(line, "\"id\"");
    if (!method || !id)
        return;
    say("{\"jsonrpc\":\"2.0\",\"id\":");
    put(id, strcspn(id, ",}"));
    say(",\"result\":");
    if (is(method, "\"tools/call\""))
        call(line);
    else if (is(method, "\"tools/list\""))
        list();
    else if (is(method, "\"initialize\""))
        initialize();
    else
        say("{}");
    say("}\n");
}

int main(int count_of_words, char **words)
{
    size_t room = 4 * PIPE, kept = 0;
    char *in = malloc(room);
    ssize_t count;
    if (count_of_words > 1)
        tools = atoi(words[1]);
    while (in && (count = read(0, in + kept, room - kept - 1)) > 0) {
        char *line = in, *from = in + kept, *end;
        kept += (size_t)count;
        in[kept] = 0;
        while ((end = memchr(from, '\n', (size_t)(in + kept - from)))) {
            *end = 0;
            answer(line);
            line = from = end + 1;
        }
        kept -= (size_t)(line - in);
        if (line != in)
            memmove(in, line, kept);
        if (kept > room / 2)
            in = realloc(in, room *= 2);
        flush_out();
    }
    return 0;
}
