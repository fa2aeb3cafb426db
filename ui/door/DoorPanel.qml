import QtQuick
import SmartWard.Screen
import "../beds"
import "../components"
import "../theme"

// The staff panel in place of the beds, with a way back; a touch beside it puts it away.
Item {
    id: panel

    required property DoorModel model

    MouseArea {
        anchors.fill: parent
        objectName: "panelCover"

        onClicked: panel.model.panel.dismiss()
    }
    StaffPanelView {
        id: view

        readonly property real room: back.y - 4 * Theme.grid

        anchors.left: parent.left
        anchors.leftMargin: Math.round(5.5 * Theme.grid)
        anchors.right: parent.right
        anchors.rightMargin: Math.round(5.5 * Theme.grid)
        height: Math.min(needed, room)
        y: Math.round((room - height) / 2) + 2 * Theme.grid
        labels: panel.model.labels
        names: panel.model.staff
        panel: panel.model.panel

        // Touches between its buttons do not put it away.
        MouseArea {
            anchors.fill: parent
            z: -1
        }
    }
    TouchButton {
        id: back

        anchors.bottom: parent.bottom
        anchors.bottomMargin: 4 * Theme.grid
        anchors.horizontalCenter: parent.horizontalCenter
        iconName: "arrow-left"
        kind: "quiet"
        minimum: Math.round(1.2 * Theme.touchStaff)
        objectName: "panelBack"
        text: panel.model.labels.back

        onActivated: panel.model.panel.dismiss()
    }
}
