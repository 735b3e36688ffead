/* An MCP server that costs next to nothing, so that what is measured is what stands before it.
 *
 * Tools: `echo` answers in a few bytes, `blob` with a text of `size` characters. The
 * one argument says how many tools the list has. Answers go out once per read.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char *out;
static size_t used, room;
static int tools = 2;

static void need(size_t more)
{
    if (used + more <= room)
        return;
    room = (used + more) * 2;
    if (!(out = realloc(out, room)))
        exit(1);
}

static void put(const char *text, size_t length)
{
    need(length);
    memcpy(out + used, text, length);
    used += length;
}

static void say(const char *text)
{
    put(text, strlen(text));
}

static void flush_out(void)
{
    for (size_t done = 0; done < used;) {
        ssize_t count = write(1, out + done, used - done);
        if (count <= 0)
            exit(1);
        done += (size_t)count;
    }
    used = 0;
    if (room > 1 << 20) {
        free(out);
        out = NULL;
        room = 0;
    }
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
            "\"size\":{\"type\":\"integer\"}},\"required\":[\"text\"]}}",
            i ? "," : "", name, i < 2 ? 0 : i, i);
        put(tool, (size_t)length);
    }
    say("]}");
}

static void call(const char *line)
{
    const char *at = strstr(line, "\"size\":");
    size_t size = at ? strtoul(at + 7, NULL, 10) : 0;
    say("{\"content\":[{\"type\":\"text\",\"text\":\"");
    if (size) {
        need(size);
        memset(out + used, 'x', size);
        used += size;
    } else {
        say("done");
    }
    say("\"}],\"isError\":false}");
}

static void answer(char *line)
{
    char *id = strstr(line, "\"id\":");
    if (!id || !strstr(line, "\"method\":"))
        return;
    id += 5;
    say("{\"jsonrpc\":\"2.0\",\"id\":");
    put(id, strcspn(id + 1, ",}") + 1);
    say(",\"result\":");
    if (strstr(line, "\"initialize\""))
        initialize();
    else if (strstr(line, "\"tools/list\""))
        list();
    else if (strstr(line, "\"tools/call\""))
        call(line);
    else
        say("{}");
    say("}\n");
}

int main(int count_of_words, char **words)
{
    static char in[1 << 20];
    size_t kept = 0;
    ssize_t count;
    if (count_of_words > 1)
        tools = atoi(words[1]);
    while ((count = read(0, in + kept, sizeof in - kept - 1)) > 0) {
        char *line = in, *end;
        kept += (size_t)count;
        in[kept] = 0;
        while ((end = strchr(line, '\n'))) {
            *end = 0;
            answer(line);
            line = end + 1;
        }
        kept -= (size_t)(line - in);
        memmove(in, line, kept);
        flush_out();
    }
    return 0;
}
