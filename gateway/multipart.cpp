#include "gateway/multipart.hpp"

#include "gateway/content_type.hpp"
#include "net/text.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>

namespace weir::gateway
{

multipart_digest::multipart_digest(std::string_view boundary, std::size_t most_text)
    : delimiter_("\r\n--" + std::string(boundary))
    , most_text_(most_text)
    , held_("\r\n") // the first delimiter may begin the body
{
}

void multipart_digest::add(std::string_view piece)
{
    // What a step leaves is at most a head or a delimiter's beginning, so the copying is bounded.
    held_ += piece;
    std::string_view rest = held_;
    while (!rest.empty() && stage_ != stage::done) {
        auto const used = step(rest);
        if (used == 0) break;
        rest.remove_prefix(used);
    }
    if (stage_ == stage::done) rest = {};
    held_.erase(0, held_.size() - rest.size());
}

/// Uses bytes from the front; returns how many, 0 when more must come first.
std::size_t multipart_digest::step(std::string_view bytes)
{
    switch (stage_) {
    case stage::preamble:
    case stage::body: {
        auto const at = bytes.find(delimiter_);
        if (at != bytes.npos) {
            if (stage_ == stage::body) {
                add_content(bytes.substr(0, at));
                end_part();
            }
            stage_ = stage::after_boundary;
            return at + delimiter_.size();
        }
        if (bytes.size() < delimiter_.size()) return 0;
        auto const sure = bytes.size() - delimiter_.size() + 1;
        if (stage_ == stage::body) add_content(bytes.substr(0, sure));
        return sure;
    }
    case stage::after_boundary: {
        if (bytes.size() < 2) return 0;
        if (bytes.starts_with("--")) {
            stage_ = stage::done;
            return bytes.size();
        }
        auto const end = bytes.find("\r\n");
        if (end == bytes.npos) {
            if (bytes.size() > most_head) stage_ = stage::done;
            return 0;
        }
        stage_ = stage::head;
        return end + 2;
    }
    case stage::head: {
        if (bytes.starts_with("\r\n")) { // a part without a head
            begin_part({});
            stage_ = stage::body;
            return 2;
        }
        auto const end = bytes.find("\r\n\r\n");
        if (end == bytes.npos) {
            if (bytes.size() > most_head) stage_ = stage::done;
            return 0;
        }
        begin_part(bytes.substr(0, end));
        stage_ = stage::body;
        return end + 4;
    }
    case stage::done: break;
    }
    return bytes.size();
}

/// A name as it is kept: of one that is longer, only the beginning.
std::string multipart_digest::kept(std::string_view name)
{
    truncated_ |= name.size() > most_name;
    auto text = net::clean_text(name.substr(0, most_name));
    kept_names_ += text.size();
    return text;
}

void multipart_digest::begin_part(std::string_view head)
{
    if (parts_.size() == most_parts) {
        truncated_ = true;
        parts_.pop_back();
    }
    auto& p = parts_.emplace_back();
    while (!head.empty()) {
        auto const end = std::min(head.find("\r\n"), head.size());
        auto const line = head.substr(0, end);
        head.remove_prefix(std::min(end + 2, head.size()));
        auto const colon = line.find(':');
        if (colon == line.npos) continue;
        auto const name = line.substr(0, colon), value = net::trimmed(line.substr(colon + 1));
        if (net::iequals(name, "Content-Type")) p.content_type = kept(value);
        if (!net::iequals(name, "Content-Disposition")) continue;
        p.name = kept(type_parameter(value, "name"));
        p.filename = kept(type_parameter(value, "filename"));
        p.is_file = net::icontains(value, "filename=") || net::icontains(value, "filename*=");
    }
    if (p.is_file) p.hash.emplace();
}

void multipart_digest::add_content(std::string_view bytes)
{
    auto& p = parts_.back();
    p.size += bytes.size();
    if (p.hash) {
        p.hash->add(bytes);
        return;
    }
    auto const room = most_text_ - kept_text_;
    truncated_ |= bytes.size() > room;
    p.value += bytes.substr(0, room);
    kept_text_ += std::min(room, bytes.size());
}

void multipart_digest::end_part()
{
    auto& p = parts_.back();
    if (p.hash) p.hash_hex = p.hash->hex();
    p.hash.reset();
}

std::string multipart_digest::describe()
{
    boost::json::object out;
    for (auto const& p : parts_) {
        boost::json::value described;
        if (p.is_file) {
            boost::json::object file{{"filename", p.filename}, {"content_type", p.content_type}, {"size", p.size}};
            if (!p.hash_hex.empty()) file["sha256"] = p.hash_hex; // else the body was cut within this file
            described = std::move(file);
        } else {
            described = net::clean_text(p.value);
        }
        auto& member = out[p.name];
        if (member.is_null())
            member = std::move(described);
        else if (member.is_array())
            member.get_array().push_back(std::move(described));
        else
            member = boost::json::array{member, std::move(described)};
    }
    return boost::json::serialize(out);
}

} // namespace weir::gateway
