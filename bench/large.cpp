#include "bench/client.hpp"
#include "bench/connection.hpp"

#include <algorithm>
#include <cstdio>

#include <sys/socket.h>

namespace weir::bench
{
namespace
{

void send_filler(connection const& to, std::uint64_t bytes)
{
    std::string const block(256 * 1024, 'x');
    for (std::uint64_t left = bytes; left > 0;) {
        auto const part = std::min<std::uint64_t>(left, block.size());
        to.send(std::string_view(block).substr(0, part));
        left -= part;
    }
}

/// Sends a body of about `bytes` bytes, of which all but the beginning and the end is filler.
void send_large(connection const& to, std::string_view path, std::string_view content_type, std::string_view first,
                std::uint64_t bytes, std::string_view last)
{
    to.send(head(path, content_type, first.size() + bytes + last.size(), close_after));
    to.send(first);
    send_filler(to, bytes);
    to.send(last);
}

void send_large_request(connection const& to, std::string_view kind, std::uint64_t bytes)
{
    if (kind == "upload-file") {
        send_large(to, "/v1/files", "multipart/form-data; boundary=bench",
                   "--bench\r\nContent-Disposition: form-data; name=\"purpose\"\r\n\r\nbatch\r\n"
                   "--bench\r\nContent-Disposition: form-data; name=\"file\"; filename=\"f.bin\"\r\n"
                   "Content-Type: application/octet-stream\r\n\r\n",
                   bytes, "\r\n--bench--\r\n");
        return;
    }
    if (kind == "upload-json") {
        send_large(to, "/v1/chat/completions", "application/json",
                   R"({"model":"gpt-4o","messages":[{"role":"user","content":")", bytes, R"("}]})");
        return;
    }
    auto more = std::string(close_after) + "x-mock-body-bytes: " + std::to_string(bytes) + "\r\n";
    if (kind == "download-binary") more += "x-mock-content-type: application/octet-stream\r\n";
    std::string const body = R"({"model":"gpt-4o","messages":[{"role":"user","content":"hello"}]})";
    to.send(head("/v1/chat/completions", "application/json", body.size(), more) + body);
}

/// Reads a response to its end. Returns its status, 0 for none, and the bytes of its body.
std::pair<std::string, std::uint64_t> read_response(connection const& from)
{
    std::string start;
    std::vector<char> block(256 * 1024);
    std::uint64_t total = 0;
    while (auto const count = checked(recv(from.fd(), block.data(), block.size(), 0), "recv")) {
        total += static_cast<std::uint64_t>(count);
        if (start.find("\r\n\r\n") == start.npos) start.append(block.data(), static_cast<std::size_t>(count));
    }
    auto const head_end = start.find("\r\n\r\n");
    if (head_end == start.npos) return {"0", 0};
    return {start.substr(9, 3), total - head_end - 4};
}

} // namespace

bool measure_large(std::uint16_t port, std::string_view kind, std::uint64_t bytes)
{
    auto const begin = now();
    connection const to(port);
    send_large_request(to, kind, bytes);
    auto const [status, received] = read_response(to);
    std::printf("status=%s received=%llu seconds=%.2f\n", status.c_str(), static_cast<unsigned long long>(received),
                std::chrono::duration<double>(now() - begin).count());
    return status == "200" && (kind.starts_with("upload") || received >= bytes);
}

} // namespace weir::bench
