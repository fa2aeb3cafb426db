import QtQuick
import "../theme"

// One name of the staff picker.
Item {
    id: cell

    required property string key
    required property string name
    required property string roleText
    property bool chosen: false
    property real size: Theme.sizeLabel

    signal touched

    TouchButton {
        // The keyboard walks the names by its arrows; the ring shows where it is.
        activeFocusOnTab: false
        anchors.fill: parent
        anchors.margins: Theme.grid / 2
        current: cell.chosen
        minimum: Theme.touchStaff
        objectName: "staff-" + cell.key
        size: cell.size
        text: cell.name + " · " + cell.roleText

        onActivated: cell.touched()
    }
}
