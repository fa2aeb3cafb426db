import QtQuick
import "../theme"

// Names the broken link and since when. Takes no room when there is nothing to tell.
Rectangle {
    id: banner

    property string text
    // "hub" or "his": which link is broken; "fault": the screen itself.
    property string kind
    // The screen's own faults are for staff: on a patient's screen they take little room.
    readonly property bool small: banner.kind === "fault" && Theme.role === "bedside"
    readonly property real size: banner.small ? Math.round(Theme.sizeSmall * 0.75) : Theme.sizeLabel

    Accessible.name: banner.text
    Accessible.role: Accessible.AlertMessage
    color: Theme.sunken
    height: banner.visible ? words.implicitHeight + Math.round((banner.small ? 0.5 : 1.5) * Theme.grid) : 0
    visible: banner.text !== ""

    Row {
        anchors.left: parent.left
        anchors.leftMargin: Theme.margin
        anchors.verticalCenter: parent.verticalCenter
        spacing: Theme.grid

        Icon {
            anchors.verticalCenter: parent.verticalCenter
            name: banner.kind === "his" ? "cloud-alert" : banner.kind === "fault" ? "alert-circle-outline" : "lan-disconnect"
            size: Math.round(banner.size * 1.2)
        }
        Label {
            id: words

            font.pixelSize: banner.size
            font.weight: Theme.semibold
            tabular: true
            text: banner.text
            width: Math.min(implicitWidth, banner.width - 2 * Theme.margin - 4 * Theme.grid)
            wrapMode: Text.Wrap
        }
    }
    Rectangle {
        anchors.bottom: parent.bottom
        color: Theme.dashed
        height: Theme.hairline
        width: parent.width
    }
}
