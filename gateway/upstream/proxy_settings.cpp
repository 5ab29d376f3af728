#include "gateway/upstream/proxy_settings.hpp"

#include "net/text.hpp"

#include <openssl/evp.h>

#include <algorithm>

namespace weir::gateway
{
namespace
{

std::string variable(std::map<std::string, std::string> const& environment, std::string const& name)
{
    for (auto const& candidate : {name, net::to_lower(name)})
        if (auto const found = environment.find(candidate); found != environment.end() && !found->second.empty())
            return found->second;
    return {};
}

std::string base64(std::string_view text)
{
    std::string out((text.size() + 2) / 3 * 4 + 1, '\0');
    auto const n = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(out.data()),
                                   reinterpret_cast<unsigned char const*>(text.data()), static_cast<int>(text.size()));
    out.resize(static_cast<std::size_t>(n));
    return out;
}

} // namespace

proxy_settings::proxy_settings(std::map<std::string, std::string> const& environment)
{
    auto text = variable(environment, "HTTPS_PROXY");
    if (text.empty()) return;
    if (text.find("://") == text.npos) text.insert(0, "http://");
    if (auto const at = text.rfind('@'); at != text.npos) {
        auto const begin = text.find("://") + 3;
        authorization_ = "Basic " + base64(net::percent_decoded(text.substr(begin, at - begin)));
        text.erase(begin, at + 1 - begin);
    }
    proxy_ = net::parse_url(text);
    if (!proxy_ || proxy_->at.tls) {
        problem_ = "HTTPS_PROXY must be an http URL, such as http://proxy.example:3128";
        proxy_.reset();
    }
    net::for_each_element(variable(environment, "NO_PROXY"), [&](std::string_view entry) {
        if (entry.starts_with("*.")) entry.remove_prefix(1);
        direct_.push_back(net::to_lower(entry));
    });
}

bool proxy_settings::applies_to(net::origin const& to) const
{
    if (!proxy_ || !to.tls) return false;
    return std::none_of(direct_.begin(), direct_.end(), [&](std::string const& entry) {
        if (entry == "*" || entry == to.host || entry == to.host + ":" + std::to_string(to.port)) return true;
        auto const domain = entry.starts_with('.') ? entry : "." + entry;
        return to.host.size() > domain.size() && to.host.ends_with(domain);
    });
}

} // namespace weir::gateway
