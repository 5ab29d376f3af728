#include "storage/assets.hpp"

#include "prompts/tags.hpp"

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

#include <openssl/evp.h>

namespace json = boost::json;

namespace weir::storage
{
namespace
{

constexpr std::size_t most_depth = 64;

std::string_view text_at(json::object const& in, std::string_view name)
{
    auto const* found = in.if_contains(name);
    auto const* text = found ? found->if_string() : nullptr;
    return text ? std::string_view(*text) : std::string_view();
}

json::object const* object_at(json::object const& in, std::string_view name)
{
    auto const* found = in.if_contains(name);
    return found ? found->if_object() : nullptr;
}

/// Empty when it is no base64.
std::string from_base64(std::string_view text)
{
    if (text.empty() || text.size() % 4 != 0) return {};
    std::string bytes(text.size() / 4 * 3, '\0');
    auto const n = EVP_DecodeBlock(reinterpret_cast<unsigned char*>(bytes.data()),
                                   reinterpret_cast<unsigned char const*>(text.data()), static_cast<int>(text.size()));
    if (n < 0) return {};
    auto const padding = text.size() - std::min(text.find_last_not_of('=') + 1, text.size());
    bytes.resize(static_cast<std::size_t>(n) - std::min<std::size_t>(padding, 2));
    return bytes;
}

enum class wanted {
    number, ///< what is found stays empty
    texts,  ///< `url` is the image as it stands there
    contents,
};

/// Finds the images of a JSON value.
class finder
{
public:
    explicit finder(wanted what)
        : what_(what)
    {
    }

    void look(json::value const& at)
    {
        if (auto const* array = at.if_array()) {
            for (auto const& inner : *array) look(inner);
        } else if (auto const* object = at.if_object()) {
            look_at(*object);
            for (auto const& member : *object) look(member.value());
        }
    }

    std::vector<asset> found;

private:
    void add(asset one)
    {
        if (found.size() < most_assets) found.push_back(std::move(one));
    }

    /// What a text says without the markup of an input; `room` holds it then.
    static std::string_view plain(std::string_view text, std::string& room)
    {
        if (text.find("<helicone-prompt-") == text.npos) return text;
        return room = prompts::without_elements(text);
    }

    void add_encoded(std::string_view media_type, std::string_view text)
    {
        std::string room;
        auto const base64 = plain(text, room);
        if (what_ == wanted::texts) return add({.url = std::string(base64), .media_type = {}, .content = {}});
        add({.url = {},
             .media_type = std::string(media_type),
             .content = what_ == wanted::contents ? from_base64(base64) : ""});
    }

    /// An address: of an image elsewhere, or a data URL that holds it.
    void add_url(std::string_view text)
    {
        std::string room;
        auto const url = plain(text, room);
        constexpr std::string_view scheme = "data:", encoding = ";base64,";
        auto const end = url.find(encoding);
        bool const is_address = url.starts_with("http://") || url.starts_with("https://");
        bool const has_content = url.starts_with(scheme) && end != url.npos;
        if (is_address || (has_content && what_ == wanted::texts))
            add({.url = std::string(url), .media_type = {}, .content = {}});
        else if (has_content)
            add_encoded(url.substr(scheme.size(), end - scheme.size()), url.substr(end + encoding.size()));
    }

    void look_at(json::object const& part)
    {
        // OpenAI: {"image_url": {"url": …}} in chat, {"image_url": "…"} in Responses.
        if (auto const* image = object_at(part, "image_url"))
            add_url(text_at(*image, "url"));
        else if (auto const url = text_at(part, "image_url"); !url.empty())
            add_url(url);

        if (text_at(part, "type") == "image")
            if (auto const* source = object_at(part, "source")) { // Anthropic
                if (text_at(*source, "type") == "base64")
                    add_encoded(text_at(*source, "media_type"), text_at(*source, "data"));
                else
                    add_url(text_at(*source, "url"));
            }

        for (auto const* name : {"inlineData", "inline_data"}) // Gemini
            if (auto const* data = object_at(part, name)) {
                auto type = text_at(*data, "mimeType");
                if (type.empty()) type = text_at(*data, "mime_type");
                if (type.starts_with("image/")) add_encoded(type, text_at(*data, "data"));
            }

        if (auto const base64 = text_at(part, "b64_json"); !base64.empty())
            add_encoded({}, base64); // an image endpoint
    }

    wanted what_;
};

/// Whether the text has any of the names that `finder` looks for. Every body is asked this: one pass.
bool may_have_images(std::string_view body)
{
    for (auto quote = body.find('"'); quote != body.npos; quote = body.find('"', quote + 1)) {
        auto const name = body.substr(quote + 1);
        if (name.starts_with("image") || name.starts_with("inline") || name.starts_with("b64_json\"")) return true;
    }
    return false;
}

std::vector<asset> find_assets(bodies const& of, wanted what)
{
    finder all(what);
    for (auto const* body : {&of.request, &of.response}) {
        if (!may_have_images(*body)) continue;
        json::error_code error;
        json::parse_options options;
        options.max_depth = most_depth;
        auto const parsed = json::parse(*body, error, {}, options);
        if (!error) all.look(parsed);
    }
    return std::move(all.found);
}

} // namespace

std::vector<asset> find_assets(bodies const& of) { return find_assets(of, wanted::contents); }

std::vector<std::string> image_texts(json::value const& request)
{
    finder all(wanted::texts);
    all.look(request);
    std::vector<std::string> texts;
    for (auto& one : all.found) texts.push_back(std::move(one.url));
    return texts;
}

std::size_t count_assets(bodies const& of) { return find_assets(of, wanted::number).size(); }

} // namespace weir::storage
