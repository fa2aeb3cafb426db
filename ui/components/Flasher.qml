import QtQuick
import "../theme"

// Takes part in the window's one flash clock while `active`. Bind an edge's or a head's opacity to
// `level`; never a text's.
QtObject {
    id: flasher

    property bool active: false
    // "high" or "medium"; anything else stays steady.
    property string priority
    readonly property bool counted: flasher.active && (flasher.priority === "high" || flasher.priority === "medium")
    property bool _held: false
    readonly property real level: !flasher.counted ? 1 : flasher.priority === "high" ? Theme.flashHigh : Theme.flashMedium

    Component.onCompleted: flasher._hold(flasher.counted)
    Component.onDestruction: flasher._hold(false)
    onCountedChanged: flasher._hold(flasher.counted)

    function _hold(wanted: bool) {
        if (wanted === flasher._held)
            return;
        flasher._held = wanted;
        Theme.flashers += wanted ? 1 : -1;
    }
}
